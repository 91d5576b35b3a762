//! Accounts: registering, signing in, staying signed in, signing out.
