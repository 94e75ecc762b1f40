// The heat of an open store, for other processes of the same user.
export { heatFrames } from './client.js';
export { everyMsRange, type FirstHeatFrame, type HeatFrame, type HeatRequest, type NextHeatFrame } from './protocol.js';
export { openHeatSocket, type HeatSocket } from './server.js';
