/** What experts were told of a question that waits, as sentences. Pure. */
import type { components } from "./api.gen";
import { moment } from "./format";
import type { Speech } from "./say";

export type ToldExpert = components["schemas"]["ToldExpert"];
type ToldWay = ToldExpert["ways"][number];

export interface ToldLine {
  readonly text: string;
  /** What somebody does now; empty when the expert was told, or is being told. */
  readonly next: string;
  /** It is done on the page of who is on duty. */
  readonly duty: boolean;
  readonly reached: boolean;
}

export function toldLine(one: ToldExpert, speech: Speech): ToldLine {
  const said = speech.words.acts.told;
  const { missing, name } = one;
  if (missing !== "") return { text: said.missing[missing](name), next: said.next[missing], duty: missing === "address", reached: false };
  const when = (time: number): string => moment(time, speech.now, speech.language);
  const by = (ways: readonly ToldWay[]): string => ways.map(({ channel }) => said.by[channel]).join(said.and);
  const of = (state: ToldWay["state"]): readonly ToldWay[] => one.ways.filter((way) => way.state === state);
  const [sent, trying, failed] = [of("sent"), of("trying"), of("failed")];
  const again = when(Math.min(...trying.map((way) => way.again ?? way.time)));
  if (sent.length > 0) {
    const also = [...(trying.length > 0 ? [said.alsoTrying(by(trying), again)] : []), ...(failed.length > 0 ? [said.alsoFailed(by(failed))] : [])];
    const text = said.sent[one.occasion](name, by(sent), when(Math.min(...sent.map(({ time }) => time))));
    return { text: also.length === 0 ? text : `${text} (${also.join(", ")})`, next: "", duty: false, reached: true };
  }
  if (trying.length > 0) return { text: said.trying(name, by(trying), again), next: "", duty: false, reached: false };
  return { text: said.failed(name, by(failed)), next: said.next.failed, duty: true, reached: false };
}
