/** Names the place in an answer with a wrong shape; the client converts it into its own error. */
export class WrongShape extends Error {}
