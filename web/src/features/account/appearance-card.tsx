import { Card, CardTitle } from "@/components/card";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { type ThemeChoice, themeChoice } from "@/lib/theme";
import { type TimeZone, timeZone, zoneName } from "@/lib/time-zone";

/** Kept in this browser, so that a bright and a dark room can differ. */
export function AppearanceCard() {
  const theme = themeChoice.use();
  const zone = timeZone.use();
  return (
    <Card>
      <CardTitle description="For this browser.">Appearance</CardTitle>
      <div className="grid max-w-md grid-cols-1 gap-4 sm:grid-cols-2">
        <Field label="Theme">
          <Select
            value={theme}
            onChange={(event) => themeChoice.set(event.target.value as ThemeChoice)}
          >
            <option value="system">Like the system</option>
            <option value="dark">Dark</option>
            <option value="light">Light</option>
          </Select>
        </Field>
        <Field label="Time zone">
          <Select value={zone} onChange={(event) => timeZone.set(event.target.value as TimeZone)}>
            <option value="local">Local ({zoneName("local")})</option>
            <option value="utc">UTC</option>
          </Select>
        </Field>
      </div>
    </Card>
  );
}
