/** Shows somebody at a terminal how far it is and what it waits for; elsewhere a line now and then. */
export interface Progress {
  /** `done` of the whole, and what is being done now. */
  show(done: number, what: string): void;
  end(sentence: string): void;
}

const WIDTH = 28;
const EVERY = 0.2;

interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

export function createProgress(say: (line: string) => void, terminal: Terminal, now: () => number = Date.now): Progress {
  const startedAt = now();
  let told = 0;
  const bar = (done: number, what: string) => {
    const filled = Math.round(done * WIDTH);
    const secondsLeft = done > 0.02 ? Math.ceil(((now() - startedAt) * (1 - done)) / done / 1000) : null;
    const left = secondsLeft === null ? '' : `, ${secondsLeft} s left`;
    return `  [${'#'.repeat(filled)}${'.'.repeat(WIDTH - filled)}] ${String(Math.floor(done * 100)).padStart(3)} %  ${what}${left}`;
  };
  return {
    show(done, what) {
      if (terminal.isTTY) {
        terminal.write(`\r\x1b[2K${bar(done, what)}`);
      } else if (done >= told) {
        say(bar(done, what));
        told = done + EVERY;
      }
    },
    end(sentence) {
      if (terminal.isTTY) terminal.write('\r\x1b[2K');
      say(`${sentence} (${((now() - startedAt) / 1000).toFixed(1)} s)`);
    },
  };
}
