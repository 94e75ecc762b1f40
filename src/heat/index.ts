// Where the load of a store is.
export { Heat, type HotKey } from './heat.js';
export { shownWindow, type HeatChange, type HeatHistory, type HeatMoment } from './history.js';
export { type HeatMapOptions, type HeatMapView, type HeatSlice, type Rates } from './map.js';
export { type Recording, type RecordingReport, type RecordOptions } from './recording.js';
export { HeatSnapshot, NativeHeat, ringUnits, windows, type HeatSource, type Hottest, type ShardFacts } from './snapshot.js';
export {
  everyMsRange,
  heatFrames,
  openHeatSocket,
  type FirstHeatFrame,
  type HeatFrame,
  type HeatRequest,
  type HeatSocket,
  type NextHeatFrame,
} from './socket/index.js';
