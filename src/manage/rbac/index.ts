// rbac: who may do what, out of the documents Role, ClusterRole, RoleBinding and ClusterRoleBinding and four roles that are built in.
export { type Attributes, describeAttributes, weftAttributes } from './attributes.ts';
export { Authorizer, RBAC_GROUP, rulesOf } from './authorizer.ts';
export { BUILT_IN_DOCUMENTS, BUILT_IN_ROLES } from './built-in.ts';
export { checkGrant } from './escalation.ts';
