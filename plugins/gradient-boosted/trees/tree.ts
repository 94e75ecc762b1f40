// One tree as numbers: a word for each node, and a value for each leaf.

/** A node: where its children are (the right one follows the left one), the column, and the last bin that goes to the left. */
export const wordOf = (child: number, column: number, bin: number): number => (child << 16) | (column << 8) | bin;
export const childOf = (word: number): number => word >>> 16;
export const columnOf = (word: number): number => (word >>> 8) & 255;
export const binOf = (word: number): number => word & 255;
/** A leaf is its own left child, and no bin is above its own. */
export const leafWord = (node: number): number => wordOf(node, 0, 255);

export const isLeaf = (word: number, node: number): boolean => word >>> 16 === node;

/** The root is node 0; children stand behind their parent. */
export interface Tree {
  readonly words: Int32Array;
  /** What is added to the margin, of leaves; of other nodes 0. */
  readonly values: Float32Array;
  /** Splits on the way to the deepest leaf. */
  readonly depth: number;
}

/** Adds to each of some rows what the tree's leaf for it adds. `bytes`: rows in bins, each of `stride` bytes. */
export function addTree(tree: Tree, bytes: Uint8Array, stride: number, rows: Int32Array, margins: Float64Array): void {
  const { words, values, depth } = tree;
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i]!;
    let node = 0;
    for (let step = 0; step < depth; step++) {
      const word = words[node]!;
      node = (word >>> 16) + (((word & 255) - bytes[row * stride + ((word >>> 8) & 255)]!) >>> 31);
    }
    margins[row]! += values[node]!;
  }
}
