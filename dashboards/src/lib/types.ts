/** Names for what crosses the wire. The shapes are generated from the hub's own document: they cannot drift. */
import type { components } from "./api.gen";

type Schemas = components["schemas"];

export type AlertView = Schemas["AlertView"];
export type AlertAction = Partial<Schemas["AlertAction"]> & Pick<Schemas["AlertAction"], "action">;
export type AlertTransition = Schemas["AlertTransition"];
export type CallView = Schemas["CallView"];
export type Credentials = Schemas["Credentials"];
export type EdgeView = Schemas["EdgeView"];
export type LimitView = Schemas["LimitView"];
export type LiveAlert = Schemas["LiveAlert"];
export type LiveCall = Schemas["LiveCall"];
export type LiveCallRequest = Schemas["LiveCallRequest"];
export type LiveAct = Schemas["LiveAct"];
export type LiveEdge = Schemas["LiveEdge"];
export type LiveHeartbeat = Schemas["LiveHeartbeat"];
export type LiveProbe = Schemas["LiveProbe"];
export type LiveSnapshot = Schemas["LiveSnapshot"];
export type LiveSuppression = Schemas["LiveSuppression"];
export type LiveValues = Schemas["LiveValues"];
export type Me = Schemas["Me"];
export type MeasurementPage = Schemas["MeasurementPage"];
export type MetricInfo = Schemas["MetricInfo"];
export type ContactsView = Schemas["ContactsView"];
export type ContactView = Schemas["ContactView"];
export type ContactTry = Schemas["ContactTry"];
export type ContactOrder = Schemas["ContactOrder"];
export type DutyView = Schemas["DutyView"];
export type NotificationView = Schemas["NotificationView"];
export type Problem = Schemas["Problem"];
export type PushDevice = Schemas["PushDevice"];
export type PushOrder = Schemas["PushOrder"];
export type PushTest = Schemas["PushTest"];
export type ResidentView = Schemas["ResidentView"];
export type SensorView = Schemas["SensorView"];
export type SuppressionView = Schemas["SuppressionView"];
export type SuppressionOrder = Partial<Schemas["SuppressionOrder"]> & Pick<Schemas["SuppressionOrder"], "kind" | "reason" | "seconds">;
export type TabletState = Partial<Schemas["TabletState"]> & Pick<Schemas["TabletState"], "type" | "audio" | "visible">;
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

export type DayLoad = Schemas["DayView"];
export type DifferenceView = Schemas["DifferenceView"];
export type FiguresView = Schemas["FiguresView"];
export type LoadView = Schemas["LoadView"];
export type Matter = keyof Schemas["MattersView"];
export type ResidentLoad = Schemas["ResidentLoadView"];
export type RuleName = Schemas["RuleName"];
export type RuleLoad = Schemas["RuleView"];

export type WhatIfAlarm = Schemas["WhatIfAlarm"];
export type WhatIfJob = Schemas["WhatIfJob"];
export type WhatIfOrder = Partial<Schemas["WhatIfRequest"]> & Pick<Schemas["WhatIfRequest"], "resident" | "changes">;
export type WhatIfResult = Schemas["WhatIfResult"];

export type Loosening = Schemas["LooseningView"];
export type PrescriptionPaper = Schemas["PrescriptionView"];
export type WaitingPaper = Schemas["WaitingView"];

export type InForce = Schemas["InForceView"];
export type LimitOrder = Omit<Schemas["PreviewOrder"], "begin" | "end">;
export type LimitValues = Schemas["LimitValues"];
export type MetricRange = Schemas["RangeView"];
export type PrescriptionOrder = LimitOrder & Pick<Schemas["PrescriptionOrder"], "begin" | "review" | "end" | "reason" | "sign">;
export type PrescriptionPreview = Schemas["PreviewView"];
export type RenewalOrder = Schemas["RenewalOrder"];
export type ResidentLimits = Schemas["ResidentLimitsView"];
export type SettingsOrder = Schemas["SettingsOrder"];

export type ExchangeOrder = Schemas["ExchangeOrder"];
export type ExchangeView = Schemas["ExchangeView"];
export type PersonView = Schemas["PersonView"];
export type ResidentWatch = Schemas["ResidentWatch"];
export type TrialView = Schemas["TrialView"];
export type TurnView = Schemas["TurnView"];
export type WatchView = Schemas["WatchView"];
export type DutyWay = Schemas["DutyWay"];

/** Everything the hub sends on the live stream. */
export type LiveMessage = LiveSnapshot | LiveValues | LiveAlert | LiveEdge | LiveCall | LiveCallRequest | LiveAct | LiveSuppression | LiveProbe | LiveHeartbeat;

export type Priority = AlertView["priority"];

/** Microseconds since 1970-01-01T00:00:00Z. */
export type Micros = number;

export const SECOND: Micros = 1_000_000;
export const MINUTE: Micros = 60 * SECOND;
export const HOUR: Micros = 60 * MINUTE;
export const DAY: Micros = 24 * HOUR;
