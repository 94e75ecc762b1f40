// All peers, Foreshard first; what bounds them (the harness, the device) last.
import { classicLevel } from './classic_level.js';
import { device } from './device.js';
import { foreshard, foreshardSpinning, variants } from './foreshard.js';
import { lmdb, lmdbWithoutReadAhead } from './lmdb.js';
import { map } from './map.js';
import type { Peer } from './peer.js';
import { redis } from './redis.js';
import { rocksdb } from './rocksdb.js';
import { sqlite } from './sqlite.js';

export type { Found, Peer, PeerRecord, PeerSettings, PeerStore } from './peer.js';

export const peers: readonly Peer[] = [foreshard, foreshardSpinning, lmdb, lmdbWithoutReadAhead, classicLevel, rocksdb, sqlite, redis, map, device];

export { variants };

/** A peer, or Foreshard without one of its features. */
export const findPeer = (name: string): Peer => [...peers, ...variants].find((peer) => peer.name === name)!;

export interface Absent {
  readonly name: string;
  readonly why: string;
}

/** Which peers are installed here, and why the others are not. */
export function installedPeers(names: readonly string[]): { present: Peer[]; absent: Absent[] } {
  const [present, absent]: [Peer[], Absent[]] = [[], []];
  for (const peer of peers.filter(({ name }) => names.length === 0 || names.includes(name))) {
    try {
      peer.version();
      present.push(peer);
    } catch (error) {
      absent.push({ name: peer.name, why: (error as Error).message.split('\n')[0]! });
    }
  }
  return { present, absent };
}
