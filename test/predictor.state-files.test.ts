// Files of state: there whole as they were written last, or refused; whatever has been done to them, and whoever writes at once.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'ava';
import { StateFiles } from '../src/predictor/state-files.js';
import { Random, seed } from './support/random.js';
import { mountSmallDisk } from './support/small-disk.js';
import { failsWith, freshDirectory } from './support/stores.js';

const freshFiles = (options?: ConstructorParameters<typeof StateFiles>[1]): StateFiles =>
  new StateFiles(join(freshDirectory(), 'state'), options);

test('what was written is not read again, or something is where nothing was written', async (t) => {
  const files = freshFiles();
  t.is(await files.read('log'), undefined, 'there is no directory yet');
  await files.remove('log');
  t.is(await files.sweep(), 0);
  for (const content of [Buffer.alloc(0), Buffer.from('some state'), Buffer.alloc(100_000, 7)]) {
    await files.write('access.gradient-boosted', content);
    t.deepEqual(Buffer.from((await files.read('access.gradient-boosted'))!), content);
  }
  t.is(await files.read('log'), undefined);
  t.deepEqual(readdirSync(files.directory), ['access.gradient-boosted']);
  await files.remove('access.gradient-boosted');
  t.is(await files.read('access.gradient-boosted'), undefined);
});

test('a name leads out of the directory, or to a file that is none of state', async (t) => {
  const files = freshFiles();
  const names = ['', '.', '..', '.hidden', '-x', '../log', 'a/b', 'a\\b', 'A', 'é', 'a\0', 'a~0123456789abcdef', 'x'.repeat(65)];
  for (const name of names) {
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', files.read(name), name);
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', files.write(name, Buffer.alloc(1)), name);
    await failsWith(t, 'FORESHARD_BAD_ARGUMENT', files.remove(name), name);
  }
  t.false(existsSync(files.directory));
});

test('a damaged file is taken for a good one', async (t) => {
  const files = freshFiles();
  await files.write('log', Buffer.from('what there is to know'));
  const path = join(files.directory, 'log');
  const good = readFileSync(path);
  for (let at = 0; at < good.length; at++) {
    const flipped = Buffer.from(good);
    flipped[at]! ^= 1 << at % 8;
    for (const [what, bytes] of [['byte', flipped], ['bytes', good.subarray(0, at)]] as const) {
      writeFileSync(path, bytes);
      const error = await failsWith(t, 'FORESHARD_CHECKSUM_MISMATCH', files.read('log'), `${what} ${at}`);
      t.true(error.message.includes(path));
    }
  }
  writeFileSync(path, Buffer.concat([good, Buffer.alloc(1)]));
  await failsWith(t, 'FORESHARD_CHECKSUM_MISMATCH', files.read('log'), 'longer');
  await files.write('log', Buffer.from('anew'));
  t.is(String(Buffer.from((await files.read('log'))!)), 'anew');
});

test('a file that was given another name is read under it', async (t) => {
  const files = freshFiles();
  await files.write('log', Buffer.from('of the log'));
  renameSync(join(files.directory, 'log'), join(files.directory, 'model'));
  await failsWith(t, 'FORESHARD_CHECKSUM_MISMATCH', files.read('model'));
  t.is(await files.read('log'), undefined);
});

test('a file without bounds is read into memory, or one is written that cannot be read', async (t) => {
  const files = freshFiles({ bytesMax: 1000 });
  await files.write('log', Buffer.alloc(1000, 1));
  t.is((await files.read('log'))!.length, 1000);
  await failsWith(t, 'FORESHARD_TOO_LARGE', files.write('log', Buffer.alloc(1001)));
  t.is((await files.read('log'))!.length, 1000);
  truncateSync(join(files.directory, 'log'), 2 ** 40);
  await failsWith(t, 'FORESHARD_TOO_LARGE', files.read('log'));
});

test('what a crash has left stays, or a sweep takes what is in use', async (t) => {
  const files = freshFiles();
  await files.write('log', Buffer.from('kept'));
  writeFileSync(join(files.directory, 'log~0123456789abcdef'), 'half of it');
  writeFileSync(join(files.directory, 'other~fedcba9876543210'), '');
  writeFileSync(join(files.directory, 'notes.txt'), 'of somebody else');
  t.is(String(Buffer.from((await files.read('log'))!)), 'kept');
  const writing = Array.from({ length: 20 }, (_, at) => files.write(`new-${at}`, Buffer.alloc(10_000, at)));
  let swept = 0;
  for (let round = 0; round < 20; round++) swept += await files.sweep();
  await Promise.all(writing);
  t.is(swept, 2);
  t.is(readdirSync(files.directory).length, 22);
  for (let at = 0; at < 20; at++) t.is((await files.read(`new-${at}`))![0], at);
});

test('writes of one name at once are mixed, or the last one does not stay', async (t) => {
  t.log(`SEED=${seed}`);
  const [random, files] = [new Random(seed), freshFiles()];
  const model = new Map<string, Buffer>();
  const underWay: Promise<void>[] = [];
  const scratch = Buffer.alloc(5000);
  for (let step = 0; step < 300; step++) {
    const name = `state-${random.below(3)}`;
    if (random.below(5) === 0) {
      underWay.push(files.remove(name));
      model.delete(name);
    } else {
      const content = scratch.subarray(0, random.below(scratch.length)).fill(step % 256);
      underWay.push(files.write(name, content));
      model.set(name, Buffer.from(content));
      scratch.fill(0xee); // the caller uses its buffer again
    }
    if (random.below(40) > 0) continue;
    await Promise.all(underWay.splice(0));
    for (const one of ['state-0', 'state-1', 'state-2']) {
      const found = await files.read(one);
      t.deepEqual(found && Buffer.from(found), model.get(one), `SEED=${seed}, step ${step}, ${one}`);
    }
  }
  await Promise.all(underWay);
  t.deepEqual(readdirSync(files.directory).toSorted(), [...model.keys()].toSorted());
});

test('a refusal of the system is not told, or ends the writes behind it', async (t) => {
  const files = freshFiles();
  writeFileSync(files.directory, 'in the way');
  await failsWith(t, 'FORESHARD_IO', files.write('log', Buffer.alloc(1)));
  await failsWith(t, 'FORESHARD_IO', files.read('log'));
  await failsWith(t, 'FORESHARD_IO', files.sweep());
  rmSync(files.directory);
  mkdirSync(join(files.directory, 'log'), { recursive: true });
  await failsWith(t, 'FORESHARD_IO', files.read('log'));
  const [first, second] = [files.write('log', Buffer.alloc(1)), files.write('log', Buffer.alloc(2))];
  await failsWith(t, 'FORESHARD_IO', first);
  await failsWith(t, 'FORESHARD_IO', second);
  t.deepEqual(readdirSync(files.directory), ['log'], 'nothing is left behind');
  rmSync(join(files.directory, 'log'), { recursive: true });
  await files.write('log', Buffer.from('at last'));
  t.is(String(Buffer.from((await files.read('log'))!)), 'at last');
});

test('a full disk takes what was there, or leaves half a file', async (t) => {
  const place = freshDirectory();
  const disk = mountSmallDisk(place, 4 << 20);
  if (disk === undefined) return void t.pass('this system permits no mount');
  t.teardown(() => disk.unmount());
  const files = new StateFiles(join(disk.directory, 'state'));
  await files.write('log', Buffer.from('small'));
  await failsWith(t, 'FORESHARD_DISK_FULL', files.write('log', Buffer.alloc(16 << 20, 1)));
  t.deepEqual(readdirSync(files.directory), ['log']);
  t.is(String(Buffer.from((await files.read('log'))!)), 'small');
});
