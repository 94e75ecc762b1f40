// The thread of a predictor that does not run inline: it has one, and does what it is asked.
import { addon } from '../../native/index.js';
import type { Bundled } from '../load.js';
import { PluginInstance, type InstanceRequest } from './instance.js';
import type { HookName } from './hooks.js';

/** What is asked: to create it, or to call a hook. */
export type PluginTask =
  | { readonly open: InstanceRequest }
  | { readonly open?: undefined; readonly hook: HookName; readonly argument: unknown };

/** What such a thread does with its tasks. */
export function pluginThread(bundled: Bundled): (task: PluginTask) => Promise<unknown> {
  addon.lowerPriority();
  let instance: PluginInstance | undefined;
  return async (task) => {
    if (task.open === undefined) return instance!.call(task.hook, task.argument);
    instance = await PluginInstance.create(task.open, bundled);
    return instance.described;
  };
}
