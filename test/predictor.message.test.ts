// Calls of hooks as messages: what comes out is what went in, whatever the place of the bytes, and what was changed is refused.
import test from 'ava';
import { decodeCall, encodeCall, remoteHooks, remoteProtocol, type AccessBatch } from '../src/predictor/index.js';
import { everything, inputs, predictorWith } from './support/remote.js';
import { failsWith } from './support/stores.js';

for (const hook of remoteHooks)
  test(`a call of ${hook} comes out differently than it went in, or in part`, async (t) => {
    const message = encodeCall(hook, inputs[hook], everything);
    t.deepEqual(decodeCall(hook, message, everything), inputs[hook]);
    const moved = Buffer.concat([Buffer.alloc(1), message]).subarray(1);
    t.deepEqual(decodeCall(hook, moved, everything), inputs[hook], 'at an odd place');
    for (let length = 0; length < message.length; length++)
      await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => decodeCall(hook, message.slice(0, length), everything), `${length} bytes`);
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => decodeCall(hook, Buffer.concat([message, Buffer.alloc(8)]), everything));
    for (const at of [0, 4, 6]) {
      const changed = message.slice();
      changed[at]! ^= 0x40;
      await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => decodeCall(hook, changed, everything), `byte ${at}`);
    }
  });

test('arrays are copied where they could be read in place', (t) => {
  const message = encodeCall('predict', inputs.predict, everything);
  const { columns, keys } = decodeCall('predict', message, everything) as AccessBatch;
  for (const array of [keys, ...Object.values(columns)]) t.is(array.buffer, message.buffer);
});

test('a batch lacks a column, or has more rows than there may be', async (t) => {
  const { rows, keys, budget } = inputs.predict as AccessBatch;
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => encodeCall('predict', { rows, columns: {}, keys, budget }, everything));
  const many = new Float32Array(remoteProtocol.rowsMax + 1);
  const definition = predictorWith({}, { role: 'load', columns: ['bytes'] });
  const message = encodeCall('predict', { rows: many.length, columns: { bytes: many } }, definition);
  await failsWith(t, 'FORESHARD_BAD_ARGUMENT', () => decodeCall('predict', message, definition));
  const long = { rows: 0, columns: {}, keys, budget, horizon: 1, targets: new Float32Array(2 ** 24), weights: new Float32Array() };
  await failsWith(t, 'FORESHARD_TOO_LARGE', () => encodeCall('learn', long, predictorWith({}, { columns: [] })));
});
