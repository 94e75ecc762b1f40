// Errors, and the constants that are shared with the engine.
export * from './constants.gen.js';
export { describe } from './describe.js';
export { errorNumber, errorOfNumber, ForeshardError, foreshardError, type ErrorContext } from './foreshard-error.js';
