// The option commitSpin: puts that are awaited one by one or by many end as without it, and other events have their turn.
import { eachBackend } from './support/stores.js';

eachBackend('with commitSpin every put is acknowledged once it is durable, and timers go on', async (t, { open }) => {
  const store = await open({ commitSpin: 1000 });
  let ticks = 0;
  const timer = setInterval(() => ticks++, 1);
  const lane = async (name: string): Promise<void> => {
    for (let i = 0; i < 50; i++) await store.put(`${name}${i}`, Buffer.from(String(i)));
  };
  await Promise.all(Array.from({ length: 20 }, (_, at) => lane(`${at}-`)));
  clearInterval(timer);
  t.true(ticks > 0);
  t.is((await store.getMany(['0-0', '19-49']).then((values) => values.map(String))).join(), '0,49');
});

eachBackend('a store with commitSpin that is closed behind a put ends in order', async (t, { open }) => {
  const store = await open({ commitSpin: 1000 });
  const put = store.put('k', Buffer.from('x'));
  await store.close();
  await put;
  t.pass();
});
