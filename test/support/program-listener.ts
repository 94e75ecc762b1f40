// A process in which a listener throws: says who was called, and what became of the error.
import { Emitter } from '../../src/observe/index.js';

const emitter = new Emitter<{ told: number }>();
const second = (n: number) => process.stdout.write(`second ${n}\n`);
process.on('uncaughtException', (error) => process.stdout.write(`uncaught ${error.message}\n`));
emitter.on('told', () => {
  throw new Error('from a listener');
});
emitter.on('told', second);
emitter.once('told', (n) => process.stdout.write(`once ${n}\n`));
emitter.emit('told', 1);
emitter.off('told', second);
emitter.emit('told', 2);
