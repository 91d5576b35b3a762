//! The tables as diesel sees them. Kept by hand beside the migrations; a test compares both.

diesel::table! {
    users (id) {
        id -> Uuid,
        email -> Text,
        name -> Text,
        password_hash -> Nullable<Text>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    orgs (id) {
        id -> Uuid,
        name -> Text,
        created_at -> Timestamptz,
        daily_event_quota -> Nullable<BigInt>,
    }
}

diesel::table! {
    memberships (org_id, user_id) {
        org_id -> Uuid,
        user_id -> Uuid,
        role -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    invitations (id) {
        id -> Uuid,
        org_id -> Uuid,
        email -> Text,
        role -> Text,
        token_hash -> Binary,
        invited_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        accepted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        user_agent -> Nullable<Text>,
        ip -> Nullable<Text>,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    refresh_tokens (token_hash) {
        token_hash -> Binary,
        session_id -> Uuid,
        created_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    sign_in_failures (subject) {
        subject -> Text,
        failures -> Integer,
        last_at -> Timestamptz,
    }
}

diesel::table! {
    projects (id) {
        id -> Uuid,
        num -> Integer,
        org_id -> Uuid,
        name -> Text,
        slug -> Text,
        store_id -> Uuid,
        retention_days -> Integer,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        org_id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        name -> Text,
        hash -> Binary,
        public_key -> Nullable<Text>,
        prefix -> Text,
        last4 -> Text,
        origins -> Array<Text>,
        created_by -> Nullable<Uuid>,
        created_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
        revoked_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    usage_days (project_id, day) {
        org_id -> Uuid,
        project_id -> Uuid,
        day -> Date,
        accepted -> BigInt,
        duplicates -> BigInt,
        rejected -> BigInt,
        rate_limited -> BigInt,
        dropped -> BigInt,
    }
}

diesel::table! {
    rejections (id) {
        id -> Uuid,
        org_id -> Uuid,
        project_id -> Uuid,
        at -> Timestamptz,
        status -> Integer,
        code -> Text,
        message -> Text,
        key_last4 -> Nullable<Text>,
        sample -> Nullable<Text>,
    }
}

diesel::table! {
    audit_log (id) {
        id -> Uuid,
        org_id -> Uuid,
        at -> Timestamptz,
        actor_id -> Nullable<Uuid>,
        actor_email -> Nullable<Text>,
        actor_name -> Nullable<Text>,
        action -> Text,
        target_kind -> Text,
        target_id -> Uuid,
        target_name -> Text,
        details -> Nullable<Jsonb>,
        ip -> Nullable<Text>,
        request_id -> Nullable<Text>,
    }
}

diesel::table! {
    stores (store_id) {
        store_id -> Uuid,
        project_id -> Uuid,
        seq -> BigInt,
        cleared_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    events (store_id, ts, id) {
        store_id -> Uuid,
        ts -> Timestamptz,
        id -> Uuid,
        seq -> BigInt,
        received_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        kind -> Text,
        name -> Text,
        level -> Nullable<Text>,
        user_id -> Nullable<Text>,
        session -> Nullable<Text>,
        release -> Nullable<Text>,
        environment -> Nullable<Text>,
        tags -> Nullable<Jsonb>,
        value -> Nullable<Double>,
        unit -> Nullable<Text>,
        payload -> Nullable<Jsonb>,
        error -> Nullable<Jsonb>,
        issue_id -> Nullable<Uuid>,
        clamped -> Bool,
        feed_id -> Nullable<Uuid>,
    }
}

diesel::table! {
    series (store_id, series_id) {
        store_id -> Uuid,
        series_id -> BigInt,
        name -> Text,
        labels -> Jsonb,
        unit -> Nullable<Text>,
    }
}

diesel::table! {
    feeds (id) {
        id -> Uuid,
        org_id -> Uuid,
        project_id -> Uuid,
        kind -> Text,
        name -> Text,
        config -> Jsonb,
        secrets -> Nullable<Binary>,
        hook_hash -> Nullable<Binary>,
        enabled -> Bool,
        interval_sec -> Nullable<Integer>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    feed_states (feed_id) {
        feed_id -> Uuid,
        org_id -> Uuid,
        due_at -> Nullable<Timestamptz>,
        claimed_until -> Nullable<Timestamptz>,
        last_run -> Nullable<Timestamptz>,
        last_ok -> Nullable<Timestamptz>,
        failures -> Integer,
        error_at -> Nullable<Timestamptz>,
        error -> Nullable<Text>,
        value_ts -> Nullable<Timestamptz>,
        value -> Nullable<Jsonb>,
    }
}

diesel::table! {
    dashboards (id) {
        id -> Uuid,
        org_id -> Uuid,
        project_id -> Uuid,
        name -> Text,
        description -> Nullable<Text>,
        variables -> Jsonb,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    panels (org_id, id) {
        org_id -> Uuid,
        id -> Uuid,
        dashboard_id -> Uuid,
        kind -> Text,
        title -> Text,
        feed_ids -> Array<Uuid>,
        query -> Nullable<Jsonb>,
        options -> Jsonb,
        position_x -> Integer,
        position_y -> Integer,
        width -> Integer,
        height -> Integer,
        deleted -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    dashboard_ops (dashboard_id, seq) {
        dashboard_id -> Uuid,
        seq -> BigInt,
        org_id -> Uuid,
        op_id -> Uuid,
        batch -> Nullable<Uuid>,
        actor_id -> Nullable<Uuid>,
        actor_name -> Nullable<Text>,
        at -> Timestamptz,
        panel_id -> Nullable<Uuid>,
        field -> Text,
        value -> Jsonb,
        previous -> Jsonb,
        undoes -> Nullable<BigInt>,
    }
}

diesel::table! {
    dashboard_stars (dashboard_id, user_id) {
        dashboard_id -> Uuid,
        user_id -> Uuid,
        org_id -> Uuid,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(memberships -> orgs (org_id));
diesel::joinable!(memberships -> users (user_id));
diesel::joinable!(invitations -> users (invited_by));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(api_keys -> projects (project_id));
diesel::joinable!(projects -> orgs (org_id));
diesel::joinable!(feeds -> projects (project_id));
diesel::joinable!(feed_states -> feeds (feed_id));
diesel::allow_tables_to_appear_in_same_query!(users, orgs, memberships, invitations);
diesel::allow_tables_to_appear_in_same_query!(sessions, refresh_tokens);
diesel::allow_tables_to_appear_in_same_query!(projects, api_keys, orgs);
diesel::allow_tables_to_appear_in_same_query!(projects, memberships);
diesel::allow_tables_to_appear_in_same_query!(feeds, feed_states);
diesel::allow_tables_to_appear_in_same_query!(feeds, projects);
diesel::allow_tables_to_appear_in_same_query!(feeds, orgs);
diesel::allow_tables_to_appear_in_same_query!(feeds, memberships);
diesel::allow_tables_to_appear_in_same_query!(dashboards, dashboard_ops, dashboard_stars, memberships);
diesel::allow_tables_to_appear_in_same_query!(panels, memberships);
