import type { ServerCaller } from './caller.ts';
import type { Settings } from './settings.ts';

const PERCENT = /^percent\((\d+(?:\.\d+)?)\)$/;

export type IsOverridden = (label: string, caller: Pick<ServerCaller, 'headers' | 'company'>) => boolean;

/** Whether a request follows the override with a label: as its header says, where it may say so, else by chance. */
export function overrideRule({ labels, header }: Settings['overrides']): IsOverridden {
  return (label, { headers, company }) => {
    if (company) return company.overrides.includes(label);
    const named = header === undefined ? undefined : headers[header];
    if (named !== undefined)
      return [named]
        .flat()
        .join(',')
        .split(',')
        .some((name) => name.trim() === label);
    const percent = labels[label] ?? Number(PERCENT.exec(label)?.[1] ?? 0);
    return Math.random() * 100 < percent;
  };
}
