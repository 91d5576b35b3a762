/**
 * Where panels stand. What is stored may overlap, since two people may have moved panels at the
 * same time; what is shown never does: panels settle upwards, as they do while one is dragged.
 */

export type Place = {
  position_x: number;
  position_y: number;
  width: number;
  height: number;
};

export type Placed = Place & { id: string };

export const COLUMNS = 12;
export const MAX_HEIGHT = 50;
/** One row of the grid and the gap between rows and columns, in pixels. */
export const ROW = 24;
export const GAP = 12;

/** The height in pixels of so many rows with the gaps between them. */
export function pixels(rows: number): number {
  return rows * ROW + (rows - 1) * GAP;
}

/** As people read: from the top, then from the left. */
export function inReadingOrder<T extends Placed>(panels: readonly T[]): T[] {
  return [...panels].sort(
    (a, b) => a.position_y - b.position_y || a.position_x - b.position_x || (a.id < b.id ? -1 : 1),
  );
}

/** The places as they are shown: inside the grid, without overlaps and without holes above. */
export function arrange(panels: readonly Placed[]): Map<string, Place> {
  const settled: Place[] = [];
  const places = new Map<string, Place>();
  for (const panel of inReadingOrder(panels)) {
    const place = settle(inGrid(panel), settled);
    settled.push(place);
    places.set(panel.id, place);
  }
  return places;
}

/** The first place from the top where a panel of this size fits. */
export function freePlace(panels: readonly Placed[], size: Pick<Place, "width" | "height">): Place {
  const taken = [...arrange(panels).values()];
  const width = Math.min(size.width, COLUMNS);
  for (let y = 0; ; y++) {
    for (let x = 0; x + width <= COLUMNS; x++) {
      const place = { position_x: x, position_y: y, width, height: size.height };
      if (!taken.some((other) => overlap(place, other))) return place;
    }
  }
}

export type Move = "up" | "down" | "left" | "right" | "wider" | "narrower" | "taller" | "shorter";

/**
 * One step by keyboard or menu, for all panels that it moves. Up and down change places with the
 * neighbour there, since a single row would fall back to where it was.
 */
export function moved(panels: readonly Placed[], id: string, move: Move): Map<string, Place> {
  const places = arrange(panels);
  const place = places.get(id);
  if (!place) return places;
  const next = step(
    place,
    move,
    [...places].filter(([other]) => other !== id),
  );
  if (!next) return places;
  return arrangeAround(places, id, next);
}

/** The one panel where it is wanted; the others make room below it and settle. */
export function arrangeAround(
  places: ReadonlyMap<string, Place>,
  id: string,
  wanted: Place,
): Map<string, Place> {
  const first = inGrid(wanted);
  const settled: Place[] = [];
  const result = new Map<string, Place>();
  const others = inReadingOrder(
    [...places].filter(([other]) => other !== id).map(([other, at]) => ({ id: other, ...at })),
  );
  let waiting = true;
  const put = (key: string, place: Place) => {
    settled.push(place);
    result.set(key, place);
  };
  for (const other of others) {
    // It goes in front of whatever begins at its height or under it.
    if (waiting && (other.position_y >= first.position_y || overlap(first, other))) {
      put(id, settle(first, settled));
      waiting = false;
    }
    put(other.id, settle(other, settled));
  }
  if (waiting) put(id, settle(first, settled));
  return result;
}

/** The places that differ from what is stored, in the shape of a `layout` operation. */
export function changedPlaces(
  panels: readonly Placed[],
  places: ReadonlyMap<string, Place>,
): Record<string, Place> | null {
  const changed = panels.flatMap(({ id, ...stored }) => {
    const place = places.get(id);
    return place && !samePlace(place, stored) ? [[id, place] as const] : [];
  });
  return changed.length > 0 ? Object.fromEntries(changed) : null;
}

export function samePlace(a: Place, b: Place): boolean {
  return (
    a.position_x === b.position_x &&
    a.position_y === b.position_y &&
    a.width === b.width &&
    a.height === b.height
  );
}

/** How many rows all panels take together. */
export function rowsOf(places: Iterable<Place>): number {
  let rows = 0;
  for (const { position_y, height } of places) rows = Math.max(rows, position_y + height);
  return rows;
}

function step(place: Place, move: Move, others: [string, Place][]): Place | null {
  const { position_x: x, position_y: y, width, height } = place;
  const at = (change: Partial<Place>) => ({ ...place, ...change });
  switch (move) {
    case "left":
      return x > 0 ? at({ position_x: x - 1 }) : null;
    case "right":
      return x + width < COLUMNS ? at({ position_x: x + 1 }) : null;
    case "wider":
      if (x + width < COLUMNS) return at({ width: width + 1 });
      return x > 0 ? at({ position_x: x - 1, width: width + 1 }) : null;
    case "narrower":
      return width > 1 ? at({ width: width - 1 }) : null;
    case "taller":
      return height < MAX_HEIGHT ? at({ height: height + 1 }) : null;
    case "shorter":
      return height > 1 ? at({ height: height - 1 }) : null;
    case "up": {
      const above = others
        .map(([, other]) => other)
        .filter((o) => o.position_y < y && beside(o, place));
      if (above.length === 0) return null;
      return at({ position_y: Math.max(...above.map((other) => other.position_y)) });
    }
    case "down": {
      const below = others
        .map(([, other]) => other)
        .filter((o) => o.position_y >= y + height && beside(o, place));
      if (below.length === 0) return null;
      const next = Math.min(...below.map((other) => other.position_y));
      const neighbour = below.find((other) => other.position_y === next) as Place;
      return at({ position_y: neighbour.position_y + neighbour.height });
    }
  }
}

/** Whether two stand above one another. */
function beside(a: Place, b: Place): boolean {
  return a.position_x < b.position_x + b.width && b.position_x < a.position_x + a.width;
}

function overlap(a: Place, b: Place): boolean {
  return (
    beside(a, b) && a.position_y < b.position_y + b.height && b.position_y < a.position_y + a.height
  );
}

function settle(place: Place, settled: readonly Place[]): Place {
  const free = (y: number) => !settled.some((other) => overlap({ ...place, position_y: y }, other));
  let y = place.position_y;
  while (y > 0 && free(y - 1)) y -= 1;
  while (!free(y)) y += 1;
  return { ...pick(place), position_y: y };
}

function inGrid(place: Place): Place {
  const width = clamp(place.width, 1, COLUMNS);
  return {
    position_x: clamp(place.position_x, 0, COLUMNS - width),
    position_y: Math.max(0, place.position_y),
    width,
    height: clamp(place.height, 1, MAX_HEIGHT),
  };
}

function pick({ position_x, position_y, width, height }: Place): Place {
  return { position_x, position_y, width, height };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
