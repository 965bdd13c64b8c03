/** Names that the mesh or the machine itself answers. */
export const OURS = /(^|\.)(mesh|localhost|svc|cluster\.local)\.?$/;
