// npm run bench:shards -- FILE... | --balance | --split: shards that follow the load.
import { Misuse } from '../common/options.js';
import { runProgram } from '../common/run.js';
import { balanceCommand } from './balance/command.js';
import { replayCommand } from './replay/command.js';
import { splitCommand } from './split/command.js';

const help = `Usage: npm run bench:shards -- FILE... [options]
       npm run bench:shards -- --balance [options]
       npm run bench:shards -- --split [options]

FILE...: plays recorded loads into a store, in virtual time, and tells how much more the busiest shard had than the mean: with
shards that stay as they are, and with shards that are split, shifted and merged by the load. A file is CSV, packed with gzip or
not: a trace (ts_ms,key,op,size), or, if its name has all_clients in it, a table (ts in seconds, and a column of requests a second
for each client).

  --shards N      to begin with, and at most (default 16)
  --windows N     that the load is cut into; the shards at the beginning of one stand for all of it (default 60)
  --scale N       of a table, one access stands for so many requests (default 50)
  --json FILE     everything that was measured (default build/bench/shards.json)

--balance: reads by Zipf 0.99 in real time, from cold, and then three times other keys become the hot ones. Tells how long it
takes until the busiest shard is within 1.05 of what no cut comes below, and stays there.

  --runs N        (default 3)
  --keys N        with values of 100 B (default 1000000)
  --shards N      to begin with, a power of two; each is meant to carry 1/N of the load (default 16)
  --max-shards N  (default 128)
  --seconds S     of each of the four phases (default 2.5)
  --json FILE     (default build/bench/shards-balance.json)
  --html FILE     (default build/bench/shards-balance.html)

--split: a full load of puts and gets by Zipf 0.99, with a split and a merge in one window of four. Tells what the load notices of
them beside windows without, and how well shards are cut.

  --runs N        (default 1)
  --keys N        with values of 100 B (default 5000000)
  --shards N      a power of two (default 8)
  --seconds S     of each run, behind a warm-up (default 60)
  --warm-up S     (default 3)
  --window MS     (default 500)
  --json FILE     (default build/bench/shards-split.json)
  --html FILE     (default build/bench/shards-split.html)

Of all of them
  --dir DIR       where the stores go (default: the system's temporary directory)
  --seed N        of --balance and --split (default 1)

Examples
  npm run bench:shards -- accesses.csv.gz
  npm run bench:shards -- --shards 8 accesses.csv.gz llm_all_clients.csv
  npm run bench:shards -- --balance --runs 5
  npm run bench:shards -- --split --keys 1000000 --seconds 20
`;

await runProgram(async () => {
  const args = process.argv.slice(2);
  const [balances, splits] = [args.includes('--balance'), args.includes('--split')];
  if (args.includes('--help')) process.stdout.write(help);
  else if (balances && splits) throw new Misuse('--balance and --split are two benchmarks: give one of them.');
  else if (balances) await balanceCommand(args);
  else if (splits) await splitCommand(args);
  else await replayCommand(args);
});
