// Turns of the event loop, as an application that serves requests has them.

let turn: Promise<void> | undefined;

/** Resolves in the next turn: one timer for all who wait for it. */
export const nextTurn = (): Promise<void> =>
  (turn ??= new Promise((resolve) => {
    setImmediate(() => {
      turn = undefined;
      resolve();
    });
  }));

export const isPromise = <Value>(value: Value | Promise<Value>): value is Promise<Value> => value instanceof Promise;
