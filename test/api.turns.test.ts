// Writes make progress, and are told so, whatever the application does with its thread.
import { eachBackend, sleep } from './support/stores.js';

const value = Buffer.from('value');

eachBackend('a loop of getSync does not hold up commits', async (t, { open }) => {
  const store = await open();
  await store.put('key', value);
  let acknowledged = false;
  const written = store.put('other', value).then(() => (acknowledged = true));
  await Promise.resolve(); // the end of the turn: the write is submitted
  const { log } = store.stats() as { log: { durableSequence: number } };
  t.is(log.durableSequence, 1);
  const until = Date.now() + 30_000;
  while ((store.stats() as { log: { durableSequence: number } }).log.durableSequence < 2 && Date.now() < until)
    store.getSync('key');
  t.is((store.stats() as { log: { durableSequence: number } }).log.durableSequence, 2);
  // Nothing but reactions is between the loop and here: the promise was settled by the loop itself.
  await Promise.resolve();
  await Promise.resolve();
  t.true(acknowledged);
  await written;
});

eachBackend('a loop that awaits only reads from memory still sees its writes acknowledged', async (t, { open }) => {
  const store = await open();
  await store.put('key', value);
  const acknowledged: number[] = [];
  void store.put('other', value).then((seq) => acknowledged.push(seq));
  const until = Date.now() + 30_000;
  while (acknowledged.length === 0 && Date.now() < until) await store.get('key');
  t.deepEqual(acknowledged, [2]);
});

eachBackend('all writes of a turn are one commit', async (t, { open }) => {
  const store = await open();
  await store.put('first', value);
  await store.flush();
  const tailBefore = (store.stats() as { log: { tailBytes: number } }).log.tailBytes;
  await Promise.all(Array.from({ length: 30 }, (_, i) => store.put(`k${i}`, value)));
  t.is((store.stats() as { log: { tailBytes: number } }).log.tailBytes - tailBefore, 4096);
});

eachBackend('blocking writes and others mix in order', async (t, { open }) => {
  const store = await open();
  const order: number[] = [];
  for (let i = 0; i < 200; i++) {
    if (i % 10 === 9) order.push(store.putSync('key', Buffer.from(String(i))));
    else void store.put('key', Buffer.from(String(i))).then((seq) => order.push(seq));
    if (i % 37 === 0) await sleep(0);
  }
  await store.flush();
  t.deepEqual(
    order.toSorted((a, b) => a - b),
    Array.from({ length: 200 }, (_, i) => i + 1),
  );
  t.is(store.getSync('key')?.toString(), '199');
});

eachBackend('events are told from outside of the calls of the application', async (t, { open }) => {
  const store = await open();
  const phases: string[] = [];
  let inCall = false;
  store.on('recovery', ({ phase }) => phases.push(`${phase}${inCall ? ' in a call' : ''}`));
  store.once('recovery', () => phases.push('once'));
  const until = Date.now() + 30_000;
  while (!phases.includes('full') && Date.now() < until) {
    inCall = true;
    store.hasSync('key');
    inCall = false;
    await sleep(0);
  }
  t.deepEqual(phases, ['open', 'once', 'hot', 'full']);
});
