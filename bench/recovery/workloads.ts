// The recoveries that are compared, as data.

export interface RecoveryWorkload {
  readonly kind: 'recovery';
  /** As it is called on the command line and in the report. */
  readonly name: string;
  readonly title: string;
  /** With an empty page cache, or with what the killed process left in it. */
  readonly coldCache: boolean;
  /** So many times the keys. */
  readonly times: number;
  /** Foreshard alone, with its fast tier in memory: it outlives the process, not the machine. */
  readonly tmpfs: boolean;
}

const recovery = (name: string, title: string, coldCache: boolean, times: number): RecoveryWorkload => ({
  kind: 'recovery',
  name,
  title,
  coldCache,
  times,
  tmpfs: false,
});

export const recoveryWorkloads: readonly RecoveryWorkload[] = [
  recovery('recovery-cold', 'recovery after SIGKILL, page cache dropped', true, 1),
  recovery('recovery-kept', 'recovery after SIGKILL, page cache kept', false, 1),
  {
    ...recovery('recovery-tmpfs', 'recovery after SIGKILL, page cache dropped, the fast tier of Foreshard on a tmpfs', true, 1),
    tmpfs: true,
  },
  recovery('recovery-4x', 'recovery after SIGKILL of a store four times that size, page cache dropped', true, 4),
];
