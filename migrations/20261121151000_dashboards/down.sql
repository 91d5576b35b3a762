drop table dashboard_stars;
drop table dashboard_ops;
drop table panels;
drop table dashboards;
