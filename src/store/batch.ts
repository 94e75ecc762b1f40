// Batches: several operations that are applied whole or not at all.
import { badArgument, checkArray, delNumbers, putNumbers, type Condition } from './arguments.js';
import type { Encoding } from './encoding.js';
import type { Key } from './keys.js';
import { plainDel, plainPut, withPacker, type OperationNumbers, type Packed, type Packer } from './packer.js';

/** What a store of values V takes: any bytes where it gives Buffers. */
export type Accepted<V> = [V] extends [Uint8Array] ? Uint8Array : V;

/** One operation of a batch. */
export type BatchOperation<V> =
  | {
      readonly type: 'put';
      readonly key: Key;
      readonly value: Accepted<V>;
      readonly ttl?: number;
      readonly if?: Condition;
    }
  | { readonly type: 'del'; readonly key: Key; readonly if?: Condition };

/** A batch that was encoded beforehand by prepare(); it can be written any number of times. */
export class PreparedBatch {
  /** @internal */
  readonly packed: Packed;
  /** @internal */
  readonly conditional: boolean;

  /** @internal */
  constructor(packed: Packed, conditional: boolean) {
    this.packed = packed;
    this.conditional = conditional;
  }

  /** How many operations it has. */
  get length(): number {
    return this.packed.count;
  }
}

type PutOperation<V> = Extract<BatchOperation<V>, { type: 'put' }>;

function putNumbersOf({ ttl, if: condition }: PutOperation<unknown>, index: number): OperationNumbers {
  if (ttl === undefined && condition === undefined) return plainPut;
  return putNumbers({ ttl, if: condition }, `operations[${index}]`);
}

function add<V>(packer: Packer, encoding: Encoding<V>, operation: BatchOperation<V>, index: number): void {
  const type = operation?.type;
  if (type === 'put') {
    packer.add(
      operation.key,
      encoding.encode(operation.value as V),
      putNumbersOf(operation as PutOperation<unknown>, index),
    );
  } else if (type === 'del') {
    packer.add(
      operation.key,
      '',
      operation.if === undefined ? plainDel : delNumbers({ if: operation.if }, `operations[${index}]`),
    );
  } else {
    throw badArgument(`operations[${index}].type`, type, `'put' or 'del'`);
  }
}

/** Packs the operations and lends them to `use`. */
export function withPacked<V, Result>(
  encoding: Encoding<V>,
  operations: readonly BatchOperation<V>[],
  use: (packer: Packer) => Result,
): Result {
  checkArray('operations', operations);
  return withPacker((packer) => {
    operations.forEach((operation, index) => add(packer, encoding, operation, index));
    return use(packer);
  });
}
