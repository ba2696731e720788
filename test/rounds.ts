/** How often each race is run: five times in `npm test`, fifty in `npm run test:races`. */
export const ROUNDS = Number(process.env['RACE_ROUNDS'] ?? 5);

export const roundsOf = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

export const rounds = roundsOf(ROUNDS);
