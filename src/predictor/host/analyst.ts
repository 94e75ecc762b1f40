// Predicting for one store, in a thread beside it: windows of accesses come in, features are kept of them, predictors learn and are
// asked, and orders of keys go out. Work is done one thing after the other, and takes a bounded part of a core.
import type { MessagePort } from 'node:worker_threads';
import { addon } from '../../native/index.js';
import { AccessPipeline } from '../access/pipeline.js';
import { recordOverhead } from '../backtest/budget.js';
import type { AccessWindow } from '../batch.js';
import type { AccessPredictor } from '../define.js';
import { loadFeatures, saveFeatures } from '../features/index.js';
import type { Bundled } from '../load.js';
import { StateFiles } from '../state-files.js';
import { Contest } from './contest.js';
import type { Decision } from './decisions.js';
import { Duty } from './duty.js';
import { messageOf } from './hooks.js';
import { FailureWatch, type ProcessSignals } from './failure-watch.js';
import { readLife, writeLife } from './life.js';
import { Line } from './line.js';
import type { AnalystData, Asked, PredictorFigures, RecoveryFacts, Told } from './messages.js';
import { Pace } from './pace.js';
import { ProfileKeeper } from './profile-keeper.js';
import { Pulse } from './pulse.js';
import { hashesOf, readWindows, type RawWindow } from './windows.js';

/** Parts of a core for predicting and for lessons. */
const predictShare = 0.015;
const learnShare = 0.015;
/** Before so many accesses were seen, what an earlier process has predicted is better. */
const accessesMin = 1000;
const saveFirstMs = 5000;
const saveMaxMs = 60_000;
const failureEveryMs = 60_000;
/** Of a file of state, at most: that much, and as much for each key that may be tracked. */
const stateBytesMin = 2 ** 26;
const keyBytesMax = 256;
const featuresFile = 'features';
const heartbeatMs = 500;
/** Seconds from an order to the image that has it, on average: images are written every two. */
const imageDelay = 1;

const nowMs = () => performance.now();

export class Analyst {
  readonly #line: Line;
  readonly #contest: Contest;
  readonly #pipeline: AccessPipeline;
  readonly #files: StateFiles;
  readonly #profile: ProfileKeeper;
  #failures: FailureWatch | undefined;
  readonly #predictDuty: Duty;
  readonly #learnDuty = new Duty(learnShare, 0, nowMs);
  #saveEveryMs = saveFirstMs;
  #savedMs = nowMs();
  readonly #pace = new Pace();
  /** What is added to the store's count of accesses, from the first window on. */
  #before: number | undefined;
  /** From the clock of heat to Unix milliseconds. */
  #clockMs = Infinity;
  #failuresMs = -Infinity;
  #seen = 0;
  #skipped = 0;
  #lessons = 0;
  #workMs = 0;
  #prediction: PredictorFigures['prediction'];

  constructor(
    readonly data: AnalystData,
    bundled: Bundled,
    readonly tell: (told: Told, transfer?: ArrayBuffer[]) => void,
  ) {
    const { policy, stateDirectory } = data;
    this.#files = new StateFiles(stateDirectory, { bytesMax: stateBytesMin + policy.trackedKeys * keyBytesMax });
    this.#line = new Line(data, bundled, this.#files, (decision) => this.#decided(decision));
    const { fallback, active, challengers } = this.#line;
    this.#contest = new Contest({ fallback, active, challengers, decided: (decision) => this.#decided(decision) });
    this.#profile = new ProfileKeeper({
      files: this.#files,
      keysMax: policy.keys,
      forgotten: (error) => this.#forgotten(error),
      touched: (keys) => this.#pipeline.tracked.noteRestart(keys),
    });
    this.#predictDuty = new Duty(predictShare, policy.intervalMs, nowMs);
    const lessonBegun = (beganMs: number, workMs: number) => this.#learnDuty.note(beganMs, workMs);
    const options = { trackedKeys: policy.trackedKeys, mayLearn: () => this.#learnDuty.due, lessonBegun };
    this.#pipeline = new AccessPipeline(this.#line, this.#timed(this.#contest), options);
  }

  /** What was kept of an earlier process is taken up. */
  async begin(): Promise<void> {
    await this.#restored(() => this.#files.sweep());
    await this.#line.begin();
    await this.#beginFeatures();
    const { recovery } = this.data;
    const life = await this.#restored(() => readLife(this.#files));
    const { openedMs = -1, aliveMs = -1, taughtMs = -1 } = life ?? {};
    await this.#profile.begin(recovery, aliveMs, aliveMs < 0 ? -1 : aliveMs - openedMs);
    this.#failures = new FailureWatch(this.#line.failure, taughtMs);
    await this.#lookAtFailures();
    this.tell({ kind: 'begun', figures: this.#figures() });
  }

  async #beginFeatures(): Promise<void> {
    const { tracked, history } = this.#pipeline;
    const bytes = await this.#restored(() => this.#files.read(featuresFile));
    if (bytes === undefined) return;
    await this.#restored(async () => loadFeatures(bytes, tracked, history));
    this.#pipeline.restored();
  }

  async windows(bytes: ArrayBuffer, takenMs: number): Promise<void> {
    const began = nowMs();
    for (const window of readWindows(bytes)) {
      this.#pace.note(window);
      this.#profile.note(window);
      await this.#pipeline.observe(this.#placed(window, takenMs));
    }
    if (this.#seen >= accessesMin && this.#predictDuty.due) await this.#predict();
    this.#workMs += nowMs() - began;
    if (nowMs() - this.#savedMs > this.#saveEveryMs) await this.save();
    this.tell({ kind: 'done', figures: this.#figures() });
  }

  async signs(signals: ProcessSignals, recovery: RecoveryFacts): Promise<void> {
    this.#profile.amend(recovery);
    this.#failures?.note(signals, Date.now());
    if (nowMs() - this.#failuresMs > failureEveryMs) await this.#lookAtFailures();
  }

  /** They come first from the next prediction on, which is soon. */
  async expect(keys: Float64Array): Promise<void> {
    this.#profile.expect(keys);
    await this.#predict();
  }

  profile(number: number, keys: readonly number[]): void {
    this.tell({ kind: 'profile', number, profile: this.#profile.told(keys) });
  }

  /** Keeps everything that was learned; what cannot be written is told and tried again later. */
  async save(): Promise<void> {
    try {
      const { openedMs } = this.data.recovery;
      await writeLife(this.#files, { openedMs, aliveMs: Date.now(), taughtMs: this.#failures?.taughtMs ?? -1 });
      await this.#profile.save();
      const { tracked, history } = this.#pipeline;
      if (this.#seen > 0) await this.#files.write(featuresFile, saveFeatures(tracked, history));
    } catch (error) {
      this.#decided({ change: 'unsaved', predictor: '', reason: messageOf(error) });
    }
    await this.#line.save();
    this.#savedMs = nowMs();
    this.#saveEveryMs = Math.min(saveMaxMs, 2 * this.#saveEveryMs);
  }

  async close(): Promise<void> {
    this.#profile.finish();
    await this.save();
    await this.#line.end();
  }

  async #predict(): Promise<void> {
    const { policy, fastBytes } = this.data;
    const began = nowMs();
    const predicted = await this.#predictDuty.spend(() => this.#pipeline.orderWithin(fastBytes, recordOverhead, policy.keys));
    this.#pipeline.budget = Math.max(1, predicted.length);
    this.#pipeline.lag = Math.round(this.#pace.perSecond * (imageDelay + this.#predictDuty.periodMs / 2000));
    const by = this.#contest.serving;
    const keys = this.#profile.compose(predicted, by);
    this.#prediction = { time: Date.now(), keys: keys.length, by, ms: nowMs() - began };
    const hashes = hashesOf(keys);
    this.tell({ kind: 'order', hashes }, [hashes.buffer]);
  }

  /** The store counts from its opening on, by a clock of its own. What an earlier thread or process has seen lies just before. */
  #placed({ skipped, ...window }: RawWindow, takenMs: number): AccessWindow {
    const { times } = window;
    const { now } = this.#pipeline.tracked;
    // One was missed at least: the sequence does not go on.
    this.#before ??= now === 0 ? 0 : now + 1 - window.first;
    this.#clockMs = Math.min(this.#clockMs, takenMs - times[times.length - 1]!);
    this.#seen += times.length;
    this.#skipped = skipped;
    const earliest = this.#pipeline.tracked.nowMs;
    return { ...window, first: window.first + this.#before, times: times.map((time) => Math.max(earliest, time + this.#clockMs)) };
  }

  /** Lessons are counted, and their time. */
  #timed(contest: Contest): AccessPredictor {
    return {
      observe: (window) => contest.observe(window),
      propose: (limit) => contest.propose(limit),
      predict: (batch) => contest.predict(batch),
      learn: (lesson) => {
        this.#lessons++;
        return this.#learnDuty.spend(() => contest.learn(lesson));
      },
    };
  }

  async #lookAtFailures(): Promise<void> {
    this.#failuresMs = nowMs();
    await this.#failures?.look(this.#profile.log, this.data.recovery.openedMs, Date.now());
  }

  async #restored<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    try {
      return await work();
    } catch (error) {
      this.#forgotten(error);
      return undefined;
    }
  }

  #forgotten(error: unknown): void {
    this.#decided({ change: 'forgotten', predictor: '', reason: messageOf(error) });
  }

  #decided(decision: Omit<Decision, 'serving'>): void {
    this.tell({ kind: 'decided', decision: { ...decision, serving: this.#contest.serving } });
  }

  #figures(): PredictorFigures {
    const { tracked } = this.#pipeline;
    return {
      serving: this.#contest.serving,
      standings: this.#contest.standings(),
      tracked: { keys: tracked.size, bytes: tracked.bytes },
      seen: { accesses: this.#seen, skipped: this.#skipped, lessons: this.#lessons },
      prediction: this.#prediction,
      failure: this.#failures?.figures,
      workMs: this.#workMs,
    };
  }
}

/** The whole life of the thread: one thing after the other, in the order in which it was asked. */
export async function runAnalyst(port: MessagePort, data: AnalystData, bundled: Bundled): Promise<void> {
  addon.lowerPriority();
  const pulse = new Pulse(data.pulse);
  setInterval(() => pulse.live(), heartbeatMs).unref();
  const analyst = new Analyst(data, bundled, (told, transfer = []) => port.postMessage(told, transfer));
  let work = analyst.begin();
  const does = async (asked: Asked) => {
    if (asked.kind === 'windows') return analyst.windows(asked.bytes, asked.takenMs);
    if (asked.kind === 'signs') return analyst.signs(asked.signals, asked.recovery);
    if (asked.kind === 'expect') return analyst.expect(asked.keys);
    if (asked.kind === 'profile') return analyst.profile(asked.number, asked.keys);
    await analyst.close();
    port.postMessage({ kind: 'closed' } satisfies Told, []);
    port.close();
  };
  port.on('message', (asked: Asked) => {
    work = work.then(() => does(asked));
  });
  await work;
}
