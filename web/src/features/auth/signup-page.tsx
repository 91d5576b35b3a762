import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Button } from "@/components/button";
import { ErrorState } from "@/components/error-state";
import { Loading, Skeleton } from "@/components/skeleton";
import { authConfigQuery } from "./auth-config";
import { AuthLayout } from "./auth-layout";
import { SignupForm } from "./signup-form";

/** Open to all, to the invited (who come by their link), or to nobody: whoever hosts it decides. */
export function SignupPage() {
  const config = useQuery(authConfigQuery);
  const navigate = useNavigate();
  const signUp = config.data?.sign_up;

  if (config.isPending) {
    return (
      <AuthLayout title="Create an account">
        <Loading what="the form" />
        <Skeleton className="h-67 w-full" />
      </AuthLayout>
    );
  }
  if (config.isError) {
    return (
      <AuthLayout title="Create an account">
        <ErrorState error={config.error} onRetry={() => config.refetch()} />
      </AuthLayout>
    );
  }
  if (signUp === "closed" || signUp === "invitation") {
    return (
      <AuthLayout
        title={signUp === "closed" ? "Sign-up is closed" : "You need an invitation"}
        lead={
          signUp === "closed"
            ? "Whoever runs this PulseBoard has switched off new accounts."
            : "This PulseBoard takes new accounts by invitation. Open the link of your invitation, or ask an admin for one."
        }
      >
        <Button asChild variant="primary" className="w-full">
          <Link to="/login">Go to sign-in</Link>
        </Button>
      </AuthLayout>
    );
  }
  return (
    <AuthLayout
      title="Create an account"
      lead="Then send your first event. It takes a minute."
      footer={
        <>
          Have an account?{" "}
          <Link to="/login" className="text-accent underline underline-offset-2">
            Sign in
          </Link>
        </>
      }
    >
      <SignupForm
        action="Create account"
        onDone={() => navigate({ to: "/welcome", replace: true })}
      />
    </AuthLayout>
  );
}
