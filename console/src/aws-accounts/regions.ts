// Regions of AWS that an account can use without being asked first, and those that must be opted into. Not a limit: the server
// takes any name.
export const REGIONS: { value: string; label: string }[] = (
  [
    ['us-east-1', 'N. Virginia'], ['us-east-2', 'Ohio'], ['us-west-1', 'N. California'], ['us-west-2', 'Oregon'], ['ca-central-1', 'Canada'], ['ca-west-1', 'Calgary'], ['mx-central-1', 'Mexico'], ['sa-east-1', 'São Paulo'],
    ['eu-central-1', 'Frankfurt'], ['eu-central-2', 'Zurich'], ['eu-west-1', 'Ireland'], ['eu-west-2', 'London'], ['eu-west-3', 'Paris'], ['eu-north-1', 'Stockholm'], ['eu-south-1', 'Milan'], ['eu-south-2', 'Spain'],
    ['ap-northeast-1', 'Tokyo'], ['ap-northeast-2', 'Seoul'], ['ap-northeast-3', 'Osaka'], ['ap-southeast-1', 'Singapore'], ['ap-southeast-2', 'Sydney'], ['ap-southeast-3', 'Jakarta'], ['ap-southeast-4', 'Melbourne'], ['ap-southeast-5', 'Malaysia'], ['ap-southeast-7', 'Thailand'], ['ap-south-1', 'Mumbai'], ['ap-south-2', 'Hyderabad'], ['ap-east-1', 'Hong Kong'], ['ap-east-2', 'Taipei'],
    ['me-central-1', 'UAE'], ['me-south-1', 'Bahrain'], ['il-central-1', 'Tel Aviv'], ['af-south-1', 'Cape Town'],
  ] as const
).map(([value, place]) => ({ value, label: `${value} · ${place}` }));

/** The list and whatever else is chosen already. */
export function regionChoices(chosen: readonly string[]) {
  const known = new Set(REGIONS.map(({ value }) => value));
  return [...REGIONS, ...chosen.filter((value) => !known.has(value)).map((value) => ({ value, label: value }))];
}
