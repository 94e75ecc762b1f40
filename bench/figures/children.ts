// The figures' program in a process of its own.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '../common/children.js';
import type { Message, Task } from './tasks.js';

const program = join(dirname(fileURLToPath(import.meta.url)), 'program.js');

export class Child extends Program<Message> {
  constructor(task: Task) {
    super(program, task);
  }
}
