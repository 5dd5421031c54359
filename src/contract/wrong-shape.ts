/** Says where in an answer something has the wrong shape; the client turns it into its own error. */
export class WrongShape extends Error {}
