import { lazyRouteComponent, useParams } from "@tanstack/react-router";
import type { ComponentType } from "react";

type ScreenProps = { projectId: string };

/** A screen of a project in a chunk of its own, given the project of the URL. */
export function projectScreen<K extends string>(
  load: () => Promise<Record<K, ComponentType<ScreenProps>>>,
  name: K,
) {
  return lazyRouteComponent(async () => {
    const Screen: ComponentType<ScreenProps> = (await load())[name];
    const ScreenOfProject = () => {
      const { project } = useParams({ strict: false }) as { project: string };
      // A new project is a new screen: nothing of the old one may stay on it.
      return <Screen key={project} projectId={project} />;
    };
    return { default: ScreenOfProject };
  });
}
