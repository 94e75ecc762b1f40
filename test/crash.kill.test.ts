// A process under load is killed again and again, and nothing that was acknowledged may be missing.
import { killRounds } from './support/kill-rounds.js';
import { seed } from './support/random.js';
import { eachBackend } from './support/stores.js';

/** Of both backends together. */
const rounds = Math.ceil(Number(process.env['FORESHARD_KILL_ROUNDS'] ?? 30) / 2);

eachBackend('SIGKILL loses an acknowledged write, tears a batch, or brings up a value never written', async (t, { directory, io }) => {
  t.timeout(rounds * 20_000 + 60_000);
  const { acknowledged, lost } = await killRounds({ directory, io, rounds, seed });
  t.log(`${rounds} rounds, seed ${seed}, ${acknowledged} writes acknowledged`);
  t.deepEqual(lost, []);
  t.true(acknowledged > 0);
});
