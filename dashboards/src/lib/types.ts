/** Names for what crosses the wire. The shapes are generated from the hub's own document: they cannot drift. */
import type { components } from "./api.gen";

type Schemas = components["schemas"];

export type AlertView = Schemas["AlertView"];
export type AlertAction = Schemas["AlertAction"];
export type AlertTransition = Schemas["AlertTransition"];
export type CallView = Schemas["CallView"];
export type Credentials = Schemas["Credentials"];
export type EdgeView = Schemas["EdgeView"];
export type LimitView = Schemas["LimitView"];
export type LiveAlert = Schemas["LiveAlert"];
export type LiveCall = Schemas["LiveCall"];
export type LiveEdge = Schemas["LiveEdge"];
export type LiveHeartbeat = Schemas["LiveHeartbeat"];
export type LiveSnapshot = Schemas["LiveSnapshot"];
export type LiveSuppression = Schemas["LiveSuppression"];
export type LiveValues = Schemas["LiveValues"];
export type Me = Schemas["Me"];
export type MeasurementPage = Schemas["MeasurementPage"];
export type MetricInfo = Schemas["MetricInfo"];
export type Problem = Schemas["Problem"];
export type ResidentView = Schemas["ResidentView"];
export type SensorView = Schemas["SensorView"];
export type SuppressionView = Schemas["SuppressionView"];
export type SuppressionOrder = Partial<Schemas["SuppressionOrder"]> & Pick<Schemas["SuppressionOrder"], "kind" | "reason" | "seconds">;
export type TabletState = Schemas["TabletState"];
export type Value = Schemas["Value"];

export type CandidateView = Schemas["CandidateView"];
export type EnrolmentOffer = Schemas["EnrolmentOffer"];
export type EnrolmentView = Schemas["EnrolmentView"];
export type InquiryReport = Schemas["InquiryReport"];
export type InquiryView = Schemas["InquiryView"];
export type LinkedSensor = Schemas["LinkedSensor"];
export type LinkOrder = Partial<Schemas["LinkOrder"]> & Pick<Schemas["LinkOrder"], "protocol">;
export type LinkResult = Schemas["LinkResult"];
export type Occupant = Schemas["Occupant"];
export type RoomCard = Schemas["RoomCard"];
export type TrialOrder = Partial<Schemas["TrialOrder"]> & Pick<Schemas["TrialOrder"], "protocol">;
export type TrialValue = Schemas["TrialValue"];

/** Everything the hub sends on the live stream. */
export type LiveMessage = LiveSnapshot | LiveValues | LiveAlert | LiveEdge | LiveCall | LiveSuppression | LiveHeartbeat;

export type Priority = AlertView["priority"];

/** Microseconds since 1970-01-01T00:00:00Z. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;
