// Names that hosts and manifests have from this room. They are a contract.

export const PLUGIN = 'weft-cni';
/** On the host: the plugin is told in its configuration. */
export const AGENT_SOCKET = '/run/weft/cni.sock';
/** containerd and CRI-O give a plugin that declares this capability the annotations of the pod. */
export const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations';
/** Runtimes take the first by name; whoever wants to be first begins with 00. */
export const CONF_FILE = '00-00-weft.conflist';
