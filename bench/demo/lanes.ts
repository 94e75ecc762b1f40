// Many requests under way at once: each lane makes the next one when its last was answered.

const requestsPerTurn = 16; // of a lane, so that the event loop comes to its turn

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Calls `request` in `lanes` lanes until it answers false; it may answer at once or later. */
export async function runLanes(lanes: number, request: () => boolean | Promise<boolean>): Promise<void> {
  let requests = 0;
  const lane = async () => {
    while (await request()) if (++requests % requestsPerTurn === 0) await nextTurn();
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}
