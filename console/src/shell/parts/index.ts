// What every page is made of. Not for anything that knows a noun.
export { Answered, Empty, Waiting } from './Answered';
export { BY_ID_MAX, inParts, offered, SHOWN, useTyped, type Choice, type Choices } from './choices';
export { Confirm } from './Confirm';
export { Copyable } from './Copyable';
export { DayField, DayRange } from './Days';
export { Facts } from './Facts';
export { FilterChips, type Filter } from './FilterChips';
export { Overtaken } from './Overtaken';
export { Page, Panel } from './Page';
export { Pager, usePlace, type Place } from './Pager';
export { ManyPicker, Picker } from './Picker';
export { problemsOf, useFaultFocus, useProblems, type Problem } from './problems';
export { Rows, type Column, type Selection } from './Rows';
export { Notices, say } from './Notices';
export { Moment, Time } from './Time';
export { useSteady } from './useSteady';
export { useSelection } from './useSelection';
