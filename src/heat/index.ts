// Where the load of a store is.
export { Heat, type HeatMapOptions, type HeatMapView, type HeatSlice, type HotKey, type Rates } from './heat.js';
export { type HeatChange, type HeatHistory, type HeatMoment } from './history.js';
export { type Recording, type RecordingReport, type RecordOptions } from './recording.js';
export { HeatSnapshot, NativeHeat, ringUnits, windows, type HeatSource, type Hottest, type ShardFacts } from './snapshot.js';
