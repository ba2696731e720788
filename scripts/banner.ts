import type { Config } from '#platform/config.ts';
import { FIRST_QUERY } from '../gateway/first-query.ts';
import { DEMO_PASSWORD } from './seed/plan.ts';

/** For the person at the terminal; logs go to standard output beside it. */
export const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

export function printBanner(config: Config, url: string): void {
  const accounts = config.production
    ? []
    : [
        '',
        'Demo accounts',
        `  staff      ${config.STAFF_LOGIN} / ${config.STAFF_PASSWORD}`,
        ...(config.SEED === 'auto'
          ? [
              `  merchants  merchant1@example.test … merchant8@example.test / ${DEMO_PASSWORD}`,
              `  buyers     buyer1@example.test … / ${DEMO_PASSWORD}`,
              '  coupons    WELCOME10 (of every merchant); SPRING15, FREESHIP (of the platform)',
            ]
          : []),
      ];
  const lines = [
    '',
    'Tradegraph is ready.',
    `  graph      ${url}/graphql`,
    `  sandbox    ${url}/          (Apollo Sandbox; needs the internet in your browser)`,
    `  explorer   ${url}/explorer  (works offline)`,
    ...accounts,
    '',
    'A first query to paste',
    ...FIRST_QUERY.split('\n').map((line) => `  ${line}`),
    '',
    'Ctrl-C closes everything.',
  ];
  say(lines.join('\n'));
}
