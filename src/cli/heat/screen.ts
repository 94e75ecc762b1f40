// Shows one picture after the other: in place on a terminal, elsewhere one below the other.
import { drawHeat, wantsColour } from './terminal.js';
import type { ShownHeat } from './record.js';

const columnsDefault = 80;
/** The alternate screen, without cursor and without breaking lines. */
const enter = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const leave = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const home = '\u001b[H';
const clearLine = '\u001b[K';
const clearBelow = '\u001b[J';

export class Screen {
  readonly #out = process.stdout;
  readonly #inPlace: boolean;
  #entered = false;
  #blocks = 0;

  constructor({ inPlace }: { inPlace: boolean }) {
    this.#inPlace = inPlace && this.#out.isTTY === true;
  }

  show(shown: ShownHeat): void {
    if (this.#inPlace) this.#replace(this.#drawn(shown));
    else this.#append(this.#drawn(shown));
  }

  #drawn(shown: ShownHeat): string[] {
    const colour = wantsColour(process.env, this.#out.isTTY === true);
    return drawHeat(shown, { columns: this.#out.columns || columnsDefault, colour });
  }

  #append(lines: readonly string[]): void {
    this.#out.write(`${this.#blocks++ > 0 ? '\n' : ''}${lines.join('\n')}\n`);
  }

  #replace(lines: readonly string[]): void {
    if (!this.#entered) process.once('exit', this.#leave);
    const begin = this.#entered ? home : enter + home;
    this.#entered = true;
    const fitting = lines.slice(0, this.#out.rows || lines.length);
    this.#out.write(`${begin}${fitting.map((line) => line + clearLine).join('\n')}${clearBelow}`);
  }

  readonly #leave = (): void => {
    if (this.#entered) this.#out.write(leave);
    this.#entered = false;
  };

  /** Gives the terminal back; the last picture stays. */
  end(last: ShownHeat | undefined): void {
    process.off('exit', this.#leave);
    if (!this.#entered) return;
    this.#leave();
    if (last !== undefined) this.#append(this.#drawn(last));
  }
}
