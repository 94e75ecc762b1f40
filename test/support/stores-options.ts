// Small files and little memory, so that tests also meet sealing, eviction and compaction.
export const smallStore = { segmentBytes: 1 << 20, memoryLimit: 16 << 20 } as const;
