/** One panel that can't be drawn does not take the dashboard with it. */
import { CircleAlert } from "lucide-react";
import { Component, type ReactNode } from "react";

type PanelBoundaryProps = {
  /** What is drawn; another one is tried again. */
  of: unknown;
  children: ReactNode;
};

export class PanelBoundary extends Component<PanelBoundaryProps, { failed: unknown }> {
  override state = { failed: null };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: PanelBoundaryProps) {
    if (this.state.failed && before.of !== this.props.of) this.setState({ failed: null });
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div
        role="alert"
        className="flex h-full flex-col items-center justify-center gap-2 px-2 text-center text-muted"
      >
        <CircleAlert className="size-5 shrink-0 text-warn" aria-hidden />
        <p>This panel can't be drawn as it is set. Edit its options, or reload the page.</p>
      </div>
    );
  }
}
