// The predictors that come with this package, by name; each is imported when it is asked for.

export const bundled = {
  'decaying-average': () => import('./decaying-average/index.js'),
  'ensemble': () => import('./ensemble/index.js'),
  'failure-hazard': () => import('./failure-hazard/index.js'),
  'gradient-boosted': () => import('./gradient-boosted/index.js'),
  'gradient-boosted-load': () => import('./gradient-boosted/load/index.js'),
  'holt-winters': () => import('./holt-winters/index.js'),
  'record-cost': () => import('./record-cost/index.js'),
  'remote': () => import('./remote/index.js'),
  'remote-failure': () => import('./remote/failure.js'),
  'remote-load': () => import('./remote/load.js'),
  'return-rate': () => import('./return-rate/index.js'),
  'successor': () => import('./successor/index.js'),
} as const;
