/**
 * Fault points: places where a drill or a fault test kills the process for real, as a power cut would. They do
 * nothing unless `FAULT_POINTS_DIR` is set, which production refuses.
 */
export { FaultPoints, FaultPointsModule } from './fault-points.js';
