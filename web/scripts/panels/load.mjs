/** What a busy dashboard is: so many panels, with so many lines each, changing so often. */
export const PANELS = 12;
export const LINES = 3;
export const PER_SECOND = 4;
