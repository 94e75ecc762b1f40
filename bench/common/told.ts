// The side of a program that was started by common/children.ts: its task, and what it tells its parent.

export const taskOf = <Task>(): Task => JSON.parse(process.argv[2]!) as Task;

/** `Message`: a union of what the program tells. Resolves when it is on its way. */
export const teller =
  <Message extends object>() =>
  (message: Message): Promise<void> =>
    new Promise((told) => process.send!(message, () => told()));

/** Without its parent nobody waits for it, or would ever end it. */
process.once('disconnect', () => process.exit(1));
