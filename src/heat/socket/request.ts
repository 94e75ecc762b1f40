// Reads the one line that a client of the heat socket sends.
import type { Socket } from 'node:net';
import { foreshardError } from '../../errors/index.js';

const requestMaxBytes = 4096;
const requestMs = 5000;
const lineFeed = 10;

/** What comes behind the line is passed over. Rejects with FORESHARD_BAD_ARGUMENT if there is none in time. */
export function requestLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0);
    const fail = (why: string) => settle(() => reject(foreshardError('bad_argument', why)));
    const timer = setTimeout(() => fail(`no request came within ${requestMs} ms`), requestMs).unref();
    const ended = () => fail('the request has no end');
    const take = (chunk: Buffer) => {
      bytes = Buffer.concat([bytes, chunk]);
      const end = bytes.indexOf(lineFeed);
      if (end > requestMaxBytes || (end === -1 && bytes.length > requestMaxBytes))
        return fail(`a request has at most ${requestMaxBytes} bytes`);
      if (end !== -1) settle(() => resolve(bytes.toString('utf8', 0, end)));
    };
    const settle = (outcome: () => void) => {
      clearTimeout(timer);
      socket.off('data', take).off('close', ended).resume();
      outcome();
    };
    socket.on('data', take).once('close', ended);
  });
}
