// Reads the heat socket of a store that another process has open.
import type { Socket } from 'node:net';
import { errorTable, foreshardError, type ErrorName, type ForeshardError } from '../../errors/index.js';
import { connectIn } from './place.js';
import { checkRequest, protocolVersion, type HeatErrorLine, type HeatFrame, type HeatRequest } from './protocol.js';

/** The last: the path is too long to be served here. */
const notServed = new Set(['ENOENT', 'ENOTDIR', 'ECONNREFUSED', 'ENOTSOCK', 'FORESHARD_UNSUPPORTED']);
const gone = new Set(['ECONNRESET', 'EPIPE', 'ERR_STREAM_PREMATURE_CLOSE']);

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? '';

/**
 * The heat of a store, frame after frame; undefined if no process serves it. Ends with the store, its process, or the
 * signal. Throws what the process answers, such as FORESHARD_BUSY.
 * @example
 * for await (const { map } of (await heatFrames('./data')) ?? []) console.log(map.slices.length);
 */
export async function heatFrames(
  directory: string,
  request: HeatRequest = {},
  signal?: AbortSignal,
): Promise<AsyncIterable<HeatFrame> | undefined> {
  const line = `${JSON.stringify(checkRequest(request))}\n`;
  const socket = await connected(directory);
  if (socket === undefined) return undefined;
  socket.on('error', () => {}); // the one who reads gets it
  socket.write(line);
  if (signal?.aborted) socket.destroy();
  signal?.addEventListener('abort', () => socket.destroy(), { once: true });
  return framesOf(socket);
}

async function connected(directory: string): Promise<Socket | undefined> {
  try {
    return await connectIn(directory);
  } catch (error) {
    if (notServed.has(codeOf(error))) return undefined;
    throw foreshardError('io', `the heat socket cannot be reached: ${String(error)}`, { directory }, error);
  }
}

async function* framesOf(socket: Socket): AsyncGenerator<HeatFrame> {
  try {
    for await (const line of linesOf(socket)) yield frameOf(line);
  } finally {
    socket.destroy();
  }
}

/** Whole lines only: one that was cut off by the end is no frame. */
async function* linesOf(socket: Socket): AsyncGenerator<string> {
  let parts: string[] = [];
  try {
    for await (const chunk of socket.setEncoding('utf8') as AsyncIterable<string>) {
      const lines = chunk.split('\n');
      const rest = lines.pop()!;
      for (const line of lines) {
        yield parts.join('') + line;
        parts = [];
      }
      parts.push(rest);
    }
  } catch (error) {
    if (!gone.has(codeOf(error))) throw error;
  }
}

function frameOf(line: string): HeatFrame {
  const frame = JSON.parse(line) as HeatFrame | HeatErrorLine;
  if ('error' in frame) throw errorOf(frame);
  if ('version' in frame && frame.version !== protocolVersion)
    throw foreshardError('unsupported', `version ${frame.version} of the heat socket; this is version ${protocolVersion}`);
  return frame;
}

function errorOf({ error: { code, detail } }: HeatErrorLine): ForeshardError {
  const name: ErrorName | undefined = errorTable.find((entry) => entry.code === code)?.name;
  return foreshardError(name === undefined || name === 'ok' ? 'internal' : name, detail);
}
