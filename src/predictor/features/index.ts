// Features of keys, from the sequence of accesses.
export { Moment, type Order } from './columns.js';
export { AccessHistory } from './history.js';
export { PendingLesson } from './lesson.js';
export { sampleOf, type Sample } from './sample.js';
export { loadFeatures, saveFeatures } from './saved.js';
export { noteWindow, TrackedKeys } from './tracked-keys.js';
