// A process in which shards are split and merged under load. Its one argument is a task as JSON; what it measured goes to its
// parent.
import { taskOf, teller } from '../common/told.js';
import { balance } from './balance/run.js';
import { split } from './split/run.js';
import type { Message, Task } from './tasks.js';

const task = taskOf<Task>();
await teller<Message>()(task.do === 'balance' ? await balance(task) : await split(task));
process.exit(0);
