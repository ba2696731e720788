/** Why a process cannot start or go on, in a sentence for whoever runs it: something outside is wrong, not the program. */
export class StartError extends Error {}
