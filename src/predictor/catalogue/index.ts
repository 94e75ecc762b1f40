// The published catalogue of features, by role.
import { accessColumns, type AccessColumn } from './access.js';
import type { ColumnInfo } from './column.js';
import { failureColumns, type FailureColumn } from './failure.js';
import { loadColumns, type LoadColumn } from './load.js';

export type { AccessColumn, ColumnInfo, FailureColumn, LoadColumn };

/** The columns of each role. */
export interface RoleColumns {
  access: AccessColumn;
  load: LoadColumn;
  failure: FailureColumn;
}

/** What a predictor predicts. */
export type Role = keyof RoleColumns;

/** Every column that there is: name, unit and meaning. */
export const catalogue: { readonly [R in Role]: Readonly<Record<RoleColumns[R], ColumnInfo>> } = {
  access: accessColumns,
  load: loadColumns,
  failure: failureColumns,
};
