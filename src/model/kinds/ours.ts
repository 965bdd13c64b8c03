/** Names that the mesh or the machine itself answers. */
export const OURS = /(^|\.)(mesh|localhost|svc|cluster\.local)\.?$/;

/** On a Service: `weft run` made it from its flags, and may complete it. Gone as soon as somebody applies the Service. */
export const MADE = 'weft.dev/made-by';
export const MADE_BY = 'weft run';
