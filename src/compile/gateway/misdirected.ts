/** Name of the route for hosts of another listener than the one the connection was made to. */
export const MISDIRECTED_ROUTE = 'misdirected';
