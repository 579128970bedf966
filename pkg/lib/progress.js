/** @import { LoadProgress } from '../index.js' */
/** @import { Stop } from './stop.js' */

/**
 * Reports loading: each phase's bytes only grow, and nothing comes after the work stopped.
 * @param {((progress: LoadProgress) => void) | undefined} onProgress
 * @param {Stop} stop
 * @returns {(phase: LoadProgress['phase'], loaded: number, total: number | null) => void}
 */
export function progressReporter(onProgress, stop) {
  return (phase, loaded, total) => {
    stop.throwIfStopped();
    onProgress?.({ phase, loaded, total });
    stop.throwIfStopped();
  };
}
