// The JavaScript side: what is done before a call into C++, and with what comes back.
import { completionLayout, rowLayout } from '../../src/errors/index.js';
import { Acks } from '../../src/store/acks.js';
import { encodingOf } from '../../src/store/encoding.js';
import { ByteWriter, plainPut, withPacker } from '../../src/store/packer.js';
import { readPacket, type CompletionSink } from '../../src/store/packet.js';
import { viewOf } from '../../src/store/views.js';
import { keyOf } from '../common/dataset.js';
import { casesOf, repeated, type Case } from './case.js';

const count = 1000;
const { now } = casesOf('JavaScript');
const keys = Array.from({ length: count }, (_, i) => keyOf(i));
const value = Buffer.alloc(100, 0x61);

function packing(): Case[] {
  const writer = new ByteWriter();
  const packKey = (i: number) => {
    if (i === 0) writer.at = 0;
    return writer.addKey(keys[i]!);
  };
  const packAll = () =>
    withPacker((packer) => {
      for (const key of keys) packer.add(key, value, plainPut);
      return packer.count;
    });
  return [
    now('pack a key of 13 characters', repeated(count, packKey), count),
    now('pack a put: key, 100 bytes and its row of numbers', packAll, count),
  ];
}

const reject = () => {};

function promises(): Case[] {
  const acks = new Acks();
  let sequence = 0;
  const pushEach = () => {
    for (let i = 0; i < count; i++) void new Promise<number>((resolve) => acks.push(++sequence, resolve, reject));
    acks.settle(sequence);
    return acks.size;
  };
  const pushShared = () => {
    sequence += count;
    const shared = new Promise<number>((resolve) => acks.push(sequence, resolve, reject));
    acks.settle(sequence);
    return shared;
  };
  return [
    now('a promise a put, settled by one acknowledgement', pushEach, count),
    now('one promise that 1,000 puts share', pushShared, count),
  ];
}

const sink: CompletionSink = {
  durable() {},
  rejected() {},
  value() {},
  done() {},
  entries() {},
  event() {},
};

/** A packet with rows of one kind, each with a value of so many bytes. */
function packetOf(kind: number, rows: number, valueBytes: number): ArrayBuffer {
  const packet = new ArrayBuffer(rows * (rowLayout.width * 8 + valueBytes));
  const numbers = new Float64Array(packet, 0, rows * rowLayout.width);
  for (let row = 0; row < numbers.length; row += rowLayout.width) {
    numbers[row + rowLayout.kind] = kind;
    numbers[row + rowLayout.valueLength] = valueBytes;
  }
  return packet;
}

function packets(): Case[] {
  const values = packetOf(completionLayout.value, count, value.length);
  const done = packetOf(completionLayout.done, count, 0);
  return [
    now('read a completion with a value of 100 bytes', () => readPacket(values, count, sink), count),
    now('read a completion without a value', () => readPacket(done, count, sink), count),
  ];
}

function buffers(): Case[] {
  const slab = new ArrayBuffer(65536);
  return [
    now('a Buffer on memory that is there', repeated(count, (i) => viewOf(slab, i, 100)), count),
    now('a Buffer with a copy of its own', repeated(count, () => Buffer.from(value)), count),
  ];
}

function encodings(): Case[] {
  const json = encodingOf<unknown>('json');
  const utf8 = encodingOf<string>('utf8');
  const buffer = encodingOf<Buffer>('buffer');
  const cart = { id: 4711, items: ['tea', 'cup', 'pot'], total: 12.5, open: true, note: 'x'.repeat(40) };
  const [text, cartText] = ['a'.repeat(100), JSON.stringify(cart)];
  return [
    now("encode with 'json' (100 characters)", repeated(count, () => json.encode(cart)), count),
    now("decode with 'json'", repeated(count, () => json.decodeText(cartText)), count),
    now("encode with 'utf8' (100 characters)", repeated(count, () => utf8.encode(text)), count),
    now("decode with 'utf8', from bytes", repeated(count, () => utf8.decodeBytes(value)), count),
    now("encode with 'buffer' (100 bytes)", repeated(count, () => buffer.encode(value)), count),
    now("decode with 'buffer'", repeated(count, () => buffer.decodeBytes(value)), count),
  ];
}

export const javascriptCases = (): Case[] => [...packing(), ...promises(), ...packets(), ...buffers(), ...encodings()];
